package io.github.tcd4j.pipeline.checkpoint;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.pipeline.FidelityCases;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.ResolvedRequest;
import io.github.tcd4j.pipeline.Tiny;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DistilledGuidanceTest {
  @TempDir Path temporary;

  @ParameterizedTest
  @CsvSource({
    "few, tcd4j.guidance_min must be a number but was few",
    "9, tcd4j.guidance_min must be at most tcd4j.guidance_max but they were 9.0 and 3.5"
  })
  void whatAHeaderGotWrongIsTheFilesFault(String min, String fault) throws IOException {
    Path root = temporary.resolve("lcm");
    Tiny.copy(FidelityCases.resource("lcm"), root);
    Path weights = root.resolve("unet/diffusion_pytorch_model.safetensors");
    try (Scope scope = Scope.inference();
        SafeTensors file = SafeTensors.open(weights)) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      file.names().forEach(name -> tensors.put(name, file.get(name).copy()));
      Map<String, String> header = Map.of("tcd4j.guidance_min", min, "tcd4j.guidance_max", "3.5");
      SafeTensorsWriter.write(weights, tensors, header);
    }
    Request request = Request.builder("apple").build();

    assertThatThrownBy(() -> ResolvedRequest.of(ModelFolder.open("x", root), request, Device.CPU))
        .isInstanceOf(ModelException.class)
        .hasMessage("cannot use " + weights + ": " + fault);
  }
}
