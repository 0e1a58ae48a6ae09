package io.github.tcd4j.springai.autoconfigure;

import io.github.tcd4j.springai.Tcd4jImageModel;
import java.util.Optional;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * Up while the model generates: down from a call that fails, not for its request's fault, until the
 * next that succeeds. Asking costs nothing and generates nothing.
 */
public final class Tcd4jHealthIndicator extends AbstractHealthIndicator {
  private final Tcd4jImageModel model;

  public Tcd4jHealthIndicator(Tcd4jImageModel model) {
    super("the image model could not be asked");
    this.model = model;
  }

  @Override
  protected void doHealthCheck(Health.Builder builder) {
    Optional<String> failure = model.lastFailure();
    if (failure.isPresent()) {
      builder.down().withDetail("failure", failure.get());
    } else {
      builder.up();
    }
    builder.withDetail("model", model.name());
  }
}
