package io.github.tcd4j.examples.springboot;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.springai.Tcd4jImageOptions;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.image.Image;
import org.springframework.ai.image.ImageModel;
import org.springframework.ai.image.ImagePrompt;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** {@code GET /images?prompt=...}, with seed and gamma if wanted, is a PNG. */
@RestController
class ImageController {
  private final ImageModel model;

  ImageController(ImageModel model) {
    this.model = model;
  }

  @GetMapping(path = "/images", produces = MediaType.IMAGE_PNG_VALUE)
  byte[] image(
      @RequestParam String prompt,
      @RequestParam(required = false) @Nullable Long seed,
      @RequestParam(required = false) @Nullable Double gamma) {
    Tcd4jImageOptions options = Tcd4jImageOptions.builder().seed(seed).gamma(gamma).build();
    Image image = model.call(new ImagePrompt(prompt, options)).getResults().get(0).getOutput();
    return Base64.getDecoder().decode(image.getB64Json());
  }

  @ExceptionHandler
  ProblemDetail refused(InvalidRequestException e) {
    return ProblemDetail.forStatusAndDetail(HttpStatus.BAD_REQUEST, e.getMessage());
  }
}
