package io.github.tcd4j.springai.autoconfigure;

import io.github.tcd4j.springai.Tcd4jImageModel;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/**
 * The model's part of {@code /actuator/health}, named {@code tcd4j}, where the application has the
 * actuator; {@code management.health.tcd4j.enabled=false} leaves it out. After the model's own
 * configuration, since it looks for its bean.
 */
@AutoConfiguration(after = Tcd4jAutoConfiguration.class)
@ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
@ConditionalOnBean(Tcd4jImageModel.class)
public class Tcd4jHealthAutoConfiguration {
  @Bean
  @ConditionalOnEnabledHealthIndicator("tcd4j")
  @ConditionalOnMissingBean(name = "tcd4jHealthIndicator")
  HealthIndicator tcd4jHealthIndicator(Tcd4jImageModel model) {
    return new Tcd4jHealthIndicator(model);
  }
}
