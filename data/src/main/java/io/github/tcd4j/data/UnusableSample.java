package io.github.tcd4j.data;

import org.jspecify.annotations.Nullable;

/** Why a sample is dropped. */
final class UnusableSample extends Exception {
  private static final long serialVersionUID = 1L;

  private final String reason;
  private final @Nullable String detail;

  UnusableSample(String reason) {
    this(reason, null);
  }

  /**
   * @param reason a clause by which samples are counted, such as {@code without a caption}
   * @param detail about this sample alone
   */
  UnusableSample(String reason, @Nullable String detail) {
    super(reason, null, false, false);
    this.reason = reason;
    this.detail = detail;
  }

  String reason() {
    return reason;
  }

  @Nullable String detail() {
    return detail;
  }
}
