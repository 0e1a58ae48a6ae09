package io.github.tcd4j.examples.springboot;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/**
 * Answers prompts with images over HTTP.
 *
 * <p>HOW TO RUN: {@code main()} in the project's root, then open {@code
 * http://localhost:8080/images?prompt=red+apple,+fluent+3d+style}.
 */
@SpringBootApplication
public class ImageApplication {
  public static void main(String[] args) {
    SpringApplication.run(ImageApplication.class, args);
  }
}
