package io.github.tcd4j.data.scenes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.data.CaptionedImage;
import io.github.tcd4j.data.DataException;
import io.github.tcd4j.data.Dataset;
import io.github.tcd4j.images.Image;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ArtworkTest {
  private static final Image ELLIPSE =
      Drawings.onWhite(Drawings.alpha(20, 20), new int[] {10, 20, 30});

  private static void add(List<CaptionedImage> images, String name, int styles) {
    for (int s = 0; s < styles; s++) {
      images.add(Drawings.captioned(name + ", no " + s + " style", ELLIPSE));
    }
  }

  @Test
  void everyConceptOfTheListShipsInFiveStylesAndMore() {
    Artwork artwork = Drawings.shipped();
    assertThat(artwork.concepts().stream().map(Concept::name))
        .containsExactlyInAnyOrderElementsOf(Artwork.listed())
        .hasSize(150)
        .contains("red apple", "rocket");
    assertThat(artwork.concepts()).allMatch(c -> c.drawings().size() >= 5);
    assertThat(artwork.concepts().stream().flatMap(c -> c.drawings().stream()))
        .allMatch(d -> d.cutout().area() > 0.06 * 64 * 64);
  }

  @Test
  void namesOfTheListLeaveRoomForNoStyleOfTheArtwork() {
    assertThat(Artwork.listed())
        .isSortedAccordingTo(String.CASE_INSENSITIVE_ORDER)
        .doesNotHaveDuplicates()
        .noneMatch(name -> name.contains(",") || name.contains(" and "));
  }

  @Test
  void ofOtherArtworkThoseInFiveStylesAreTaken() {
    List<CaptionedImage> images = new ArrayList<>();
    add(images, "anvil, large", 5);
    add(images, "zither", 6);
    for (int i = 0; i < 6; i++) {
      add(images, "thing " + i, 5);
    }
    add(images, "rocket", 6);
    add(images, "rare", 4);
    images.add(Drawings.captioned("a picture of something else", ELLIPSE));
    Artwork artwork = Artwork.of(Dataset.of(images));
    assertThat(artwork.concepts().stream().map(Concept::name))
        .containsExactly(
            "anvil, large",
            "rocket",
            "thing 0",
            "thing 1",
            "thing 2",
            "thing 3",
            "thing 4",
            "thing 5",
            "zither");
    assertThat(artwork.concepts().get(8).drawings().stream().map(Concept.Drawing::style))
        .containsExactly("no 0", "no 1", "no 2", "no 3", "no 4", "no 5");
  }

  @Test
  void someConceptsAreDrawnByASeedAndKeepTheirOrder() {
    Artwork all = Drawings.artwork(20);
    List<Concept> ten = all.some(10, 3).concepts();
    assertThat(ten).hasSize(10).isSubsetOf(all.concepts()).isEqualTo(all.some(10, 3).concepts());
    assertThat(ten.stream().map(Concept::name).toList())
        .isSorted()
        .isNotEqualTo(all.concepts().subList(0, 10).stream().map(Concept::name).toList());
    assertThat(all.some(10, 4).concepts()).isNotEqualTo(ten);
    assertThat(all.some(20, 3)).isEqualTo(all);
  }

  @Test
  void artworkOfTooFewConceptsIsRefused() {
    List<CaptionedImage> images = new ArrayList<>();
    add(images, "alone", 6);
    assertThatThrownBy(() -> Artwork.of(Dataset.of(images)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("at least 8 concepts in 5 styles")
        .hasMessageContaining("has 1");
    assertThatThrownBy(() -> Artwork.of(Dataset.of(images), List.of("alone", "absent")))
        .isInstanceOf(DataException.class)
        .hasMessage("the artwork has no drawing of absent");
  }
}
