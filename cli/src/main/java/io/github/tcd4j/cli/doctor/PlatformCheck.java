package io.github.tcd4j.cli.doctor;

import io.github.tcd4j.tensor.NativeCache;
import java.util.List;

/** Whether there is a libtorch for this machine. */
record PlatformCheck() implements Check {
  private static final List<String> TESTED = List.of("linux-x86_64");
  private static final List<String> BUILT = List.of("macosx-arm64", "windows-x86_64");

  @Override
  public String part() {
    return "platform";
  }

  @Override
  public CheckResult run() {
    String platform = NativeCache.platform();
    if (TESTED.contains(platform)) {
      return CheckResult.ok(part(), platform);
    }
    if (BUILT.contains(platform)) {
      return CheckResult.warning(part(), platform + ", which is not tested", "run mvn verify once");
    }
    return CheckResult.failure(
        part(),
        platform + ", for which no libtorch is published",
        "use a machine of " + TESTED + " or " + BUILT);
  }
}
