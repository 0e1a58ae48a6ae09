package io.github.tcd4j.cli.doctor;

/** The virtual machine. */
record JavaCheck() implements Check {
  private static final int OLDEST = 17;

  @Override
  public String part() {
    return "Java";
  }

  @Override
  public CheckResult run() {
    String found =
        String.join(
            " ",
            System.getProperty("java.version", "?"),
            System.getProperty("java.vm.name", "?"),
            "(" + System.getProperty("java.home", "?") + ")");
    if (Runtime.version().feature() < OLDEST) {
      return CheckResult.failure(
          part(), found, "install a JDK 17 or newer and set JAVA_HOME to it");
    }
    return System.getProperty("sun.arch.data.model", "64").equals("32")
        ? CheckResult.failure(
            part(), found, "install a 64-bit JDK: there is no libtorch for 32 bits")
        : CheckResult.ok(part(), found);
  }
}
