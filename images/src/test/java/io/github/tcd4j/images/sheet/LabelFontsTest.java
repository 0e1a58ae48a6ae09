package io.github.tcd4j.images.sheet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class LabelFontsTest {
  @Test
  void eachWayInWhichJavaReportsMissingFontsIsRecognised() {
    Throwable[] faults = {
      new NoClassDefFoundError("Could not initialize class sun.font.SunFontManager"),
      new UnsatisfiedLinkError("libfreetype.so.6: cannot open shared object file"),
      new InternalError("java.lang.reflect.InvocationTargetException"),
      new RuntimeException("Fontconfig head is null, check your fonts or fonts configuration")
    };
    for (Throwable fault : faults) {
      assertThat(LabelFonts.fault(() -> LabelFontsTest.<RuntimeException>raise(fault)))
          .isSameAs(fault);
    }
  }

  @Test
  void anythingElseIsABug() {
    assertThatThrownBy(
            () ->
                LabelFonts.fault(
                    () -> {
                      throw new IllegalStateException("a bug");
                    }))
        .hasMessage("a bug");
  }

  @SuppressWarnings("unchecked")
  private static <E extends Throwable> void raise(Throwable e) throws E {
    throw (E) e;
  }

  @Test
  void whereNothingFailsThereAreFonts() {
    assertThat(LabelFonts.fault(() -> {})).isNull();
  }
}
