package io.github.tcd4j.diffusion.sampler;

import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.diffusion.schedule.BetaSchedule;
import io.github.tcd4j.diffusion.schedule.VpSchedule;
import io.github.tcd4j.files.Hint;
import io.github.tcd4j.files.InvalidRequestException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a model's {@code scheduler_config.json}. They are read as diffusers reads them
 * when one scheduler class is made from the configuration of another ({@code
 * SamplerClass.from_config(...)}): a key that is absent falls to the default of the class that
 * reads it, and a key that this class does not know is kept but not used.
 *
 * @param entries numbers, booleans, strings and lists by key
 */
public record SchedulerConfig(Map<String, Object> entries) {
  /** The configuration in which every sampler has its own defaults. */
  public static final SchedulerConfig DEFAULTS = new SchedulerConfig(Map.of());

  /** Where betas start and end by default. */
  public enum Betas {
    /** DDIM, Euler and DPM-Solver: models of pixels. */
    PIXEL("linear", 0.0001, 0.02),
    /** Heun, which has defaults of its own. */
    HEUN("linear", 0.00085, 0.012),
    /** LCM and TCD: models of latents. */
    LATENT("scaled_linear", 0.00085, 0.012);

    private final String curve;
    private final double start;
    private final double end;

    Betas(String curve, double start, double end) {
      this.curve = curve;
      this.start = start;
      this.end = end;
    }
  }

  public SchedulerConfig {
    entries = Map.copyOf(entries);
  }

  /**
   * From parsed JSON. Keys with null count as absent, and so do those that {@code
   * _use_default_values} lists, which nobody chose.
   */
  public static SchedulerConfig of(Map<String, ? extends @Nullable Object> json) {
    Map<String, Object> entries = new LinkedHashMap<>();
    Object unchosen = json.get("_use_default_values");
    json.forEach(
        (key, value) -> {
          boolean chosen = !(unchosen instanceof List<?> list && list.contains(key));
          if (value != null && chosen && !key.equals("_use_default_values")) {
            entries.put(key, value);
          }
        });
    return new SchedulerConfig(entries);
  }

  /** This configuration with one entry set or replaced. */
  public SchedulerConfig with(String key, Object value) {
    Map<String, Object> copy = new LinkedHashMap<>(entries);
    copy.put(key, value);
    return new SchedulerConfig(copy);
  }

  /** What the network predicts; noise by default. */
  public Prediction.Kind prediction() {
    return Prediction.Kind.parse(text("prediction_type", "epsilon"));
  }

  /** The noise schedule of a latent model; of betas that are not named, Stable Diffusion's. */
  public VpSchedule schedule() {
    return schedule(Betas.LATENT);
  }

  public VpSchedule schedule(Betas defaults) {
    VpSchedule schedule;
    if (entries.get("trained_betas") instanceof List<?> list) {
      schedule = VpSchedule.ofBetas(betas(list));
    } else {
      schedule =
          VpSchedule.of(
              BetaSchedule.parse(text("beta_schedule", defaults.curve)),
              number("beta_start", defaults.start),
              number("beta_end", defaults.end),
              whole("num_train_timesteps", 1000));
    }
    if (!flag("rescale_betas_zero_snr", false)) {
      return schedule;
    }
    if (prediction() == Prediction.Kind.EPSILON) {
      throw new InvalidRequestException(
          "rescale_betas_zero_snr must be false where prediction_type is epsilon: with no signal"
              + " left, predicted noise carries no information; use a v_prediction model");
    }
    return schedule.zeroTerminalSnr();
  }

  private static float[] betas(List<?> list) {
    float[] betas = new float[list.size()];
    for (int i = 0; i < betas.length; i++) {
      if (!(list.get(i) instanceof Number beta)) {
        throw new InvalidRequestException(
            "scheduler configuration: trained_betas must be numbers but one is " + list.get(i));
      }
      betas[i] = beta.floatValue();
    }
    return betas;
  }

  /** The whole-number entry {@code key}, or {@code absent}. */
  public int whole(String key, int absent) {
    double value = number(key, absent);
    if (!(Math.abs(value) <= Integer.MAX_VALUE) || value != Math.rint(value)) {
      throw new InvalidRequestException(
          "scheduler configuration: " + key + " must be a whole number but was " + value);
    }
    return (int) value;
  }

  public double number(String key, double absent) {
    return get(key, Number.class, "a number", absent).doubleValue();
  }

  public boolean flag(String key, boolean absent) {
    return get(key, Boolean.class, "true or false", absent);
  }

  public String text(String key, String absent) {
    return get(key, String.class, "a string", absent);
  }

  /** Refuses a configuration in which one of {@code keys} is on. */
  public void refuse(String... keys) {
    for (String key : keys) {
      if (flag(key, false)) {
        throw new InvalidRequestException(
            "scheduler configuration: " + key + " must be false for this sampler but was true",
            Hint.OTHER_SAMPLER);
      }
    }
  }

  /** Refuses a configuration in which {@code key} is present and not {@code value}. */
  public void require(String key, String value) {
    String actual = text(key, value);
    if (!actual.equals(value)) {
      throw new InvalidRequestException(
          "scheduler configuration: "
              + key
              + " must be "
              + value
              + " for this sampler but was "
              + actual,
          Hint.OTHER_SAMPLER);
    }
  }

  private <T> T get(String key, Class<T> type, String what, T absent) {
    Object value = entries.getOrDefault(key, absent);
    if (!type.isInstance(value)) {
      throw new InvalidRequestException(
          "scheduler configuration: " + key + " must be " + what + " but was " + value);
    }
    return type.cast(value);
  }
}
