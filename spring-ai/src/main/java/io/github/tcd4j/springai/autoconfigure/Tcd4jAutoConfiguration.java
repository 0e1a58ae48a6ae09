package io.github.tcd4j.springai.autoconfigure;

import io.github.tcd4j.pipeline.TextToImage;
import io.github.tcd4j.springai.Tcd4jImageModel;
import io.github.tcd4j.tensor.Device;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import org.springframework.ai.image.ImageModel;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/**
 * Opens the model that {@code spring.ai.tcd4j.model} names when the application starts, and makes
 * it the application's {@link ImageModel}, unless {@code spring.ai.model.image} names another
 * provider. An application's own {@link TextToImage} or {@link Tcd4jImageModel} takes its place.
 */
@AutoConfiguration(
    afterName = {
      "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration",
      "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration"
    })
@ConditionalOnClass(ImageModel.class)
@ConditionalOnProperty(name = "spring.ai.model.image", havingValue = "tcd4j", matchIfMissing = true)
@EnableConfigurationProperties(Tcd4jProperties.class)
public class Tcd4jAutoConfiguration {
  /** The model; the context closes it, after the image that is being generated. */
  @Bean
  @ConditionalOnMissingBean({TextToImage.class, Tcd4jImageModel.class})
  TextToImage textToImage(Tcd4jProperties properties) {
    return TextToImage.load(properties.path(), Device.parse(properties.device()));
  }

  @Bean
  @ConditionalOnMissingBean
  Tcd4jImageModel tcd4jImageModel(
      TextToImage model,
      Tcd4jProperties properties,
      ObjectProvider<ObservationRegistry> observations,
      ObjectProvider<MeterRegistry> meters) {
    return Tcd4jImageModel.builder(model)
        .defaults(properties.image().options())
        .compute(properties.compute())
        .observations(observations.getIfUnique(() -> ObservationRegistry.NOOP))
        .meters(meters.getIfUnique())
        .preload(properties.preload())
        .build();
  }
}
