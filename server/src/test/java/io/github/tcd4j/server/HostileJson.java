package io.github.tcd4j.server;

import java.util.List;
import java.util.SplittableRandom;

/**
 * Bodies of requests: fields of all APIs with values that do not fit, in JSON that may be broken.
 */
final class HostileJson {
  private static final List<String> VALUES =
      List.of(
          "null",
          "true",
          "-1",
          "0",
          "1",
          "2.5",
          "1e999",
          "-1e-999",
          "NaN",
          "Infinity",
          "9223372036854775808",
          "1" + "0".repeat(63),
          "1" + "0".repeat(70),
          "\"\"",
          "\"a\"",
          "\"../../../etc/passwd\"",
          "\"/etc/passwd\"",
          "\"C:\\\\x\"",
          "\"\\u0000\"",
          "\"\\ud800\"",
          "\"\\ud83d\\ude00\"",
          "\"<lora:tcd:1e400>\"",
          "\"<lora:../tcd:1>\"",
          "\"((((((((((:1.1)\"",
          "\"(a:99999999999999999999)\"",
          "\"" + "(".repeat(5000) + "\"",
          "\"" + "x".repeat(30000) + "\"",
          "[]",
          "[[]]",
          "[1, \"a\", {}]",
          "[" + "1,".repeat(2000) + "1]",
          "{}",
          "{\"name\": 1}",
          "[{\"name\": \"tcd\", \"weight\": 1e300}]",
          "\"http://127.0.0.1/x\"",
          "\"data:image/png;base64,iVBORw0KGgo=\"",
          "\"8x8\"",
          "\"99999x99999\"",
          "\"-1\"",
          "[".repeat(40) + "]".repeat(40),
          "[".repeat(20000),
          "{\"a\":".repeat(300) + "1" + "}".repeat(300),
          "-0",
          "1e-400",
          "0x10",
          "01",
          "+1",
          ".5",
          "1_000",
          "-9223372036854775809",
          "4294967296",
          "18446744073709551616",
          "0." + "3".repeat(60),
          "{\"$ref\": \"#\"}",
          "\"\\u202e\\u2028\"",
          "\"${jndi:ldap://127.0.0.1/x}\"",
          "\"%s%n%x\"",
          "\"<script>alert(1)</script>\"",
          "\"file:///etc/passwd\"",
          "\"\\\\\\\\server\\\\share\"");

  private static final List<String> FIELDS =
      List.of(
          "prompt",
          "negative",
          "model",
          "loras",
          "sampler",
          "steps",
          "timesteps",
          "gamma",
          "eta",
          "guidance",
          "seed",
          "count",
          "n",
          "batch",
          "width",
          "height",
          "size",
          "clip_skip",
          "syntax",
          "prediction",
          "spacing",
          "response_format",
          "stream",
          "sampler_name",
          "scheduler",
          "cfg_scale",
          "override_settings",
          "n_iter",
          "batch_size",
          "alwayson_scripts",
          "image",
          "mask",
          "strength",
          "init_images",
          "mask_blur",
          "sd_model_checkpoint",
          "__proto__",
          "x\\u0000y");

  private HostileJson() {}

  static String of(SplittableRandom random) {
    StringBuilder o = new StringBuilder("{\"steps\": 1, \"prompt\": \"a\"");
    int n = 1 + random.nextInt(3);
    for (int i = 0; i < n; i++) {
      o.append(", \"").append(any(random, FIELDS)).append("\": ").append(any(random, VALUES));
    }
    return switch (random.nextInt(20)) {
      case 0 -> o.toString();
      case 1 -> o.append("} {").toString();
      case 2 -> "\ufeff" + o + "}";
      default -> o.append('}').toString();
    };
  }

  /** A request whose picture is this one. */
  static String withPicture(SplittableRandom random, byte[] picture) {
    String field =
        any(
            random,
            List.of(
                "\"image\": \"P\"",
                "\"init_images\": [\"P\"]",
                "\"image\": \"data:image/png;base64,P\""));
    String mask = random.nextInt(4) == 0 ? ", \"mask\": \"P\"" : "";
    String base64 = java.util.Base64.getEncoder().encodeToString(picture);
    return ("{\"steps\": 1, \"prompt\": \"a\", " + field + mask + "}").replace("P", base64);
  }

  static String field(SplittableRandom random) {
    return any(random, FIELDS);
  }

  static String value(SplittableRandom random) {
    return any(random, VALUES);
  }

  static <T> T any(SplittableRandom random, List<T> list) {
    return list.get(random.nextInt(list.size()));
  }
}
