package io.github.tcd4j;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.members;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.core.importer.Locations;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** The floors of the house: a module imports only from those below it. */
class ArchitectureTest {
  private static final String ROOT = "io.github.tcd4j.";

  /** From the ground up; modules of one floor do not know each other. */
  private static final List<Set<String>> FLOORS =
      List.of(
          Set.of("files"),
          Set.of("images", "tensor"),
          Set.of("diffusion", "models", "data"),
          Set.of("pipeline"),
          Set.of("training", "evaluation", "server"),
          Set.of("springai", "langchain4j"),
          Set.of("cli"));

  /**
   * Root packages of the adapters and where they are compiled. The command line does not depend on
   * them, not even for tests: who only starts it downloads no framework.
   */
  private static final Map<String, Path> ADAPTERS =
      Map.of(
          "springai", Path.of("../spring-ai/target/classes"),
          "langchain4j", Path.of("../langchain4j/target/classes"));

  private static final JavaClasses HOUSE =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importLocations(locations());

  private static Set<Location> locations() {
    Set<Location> locations = new HashSet<>(Locations.ofPackage("io.github.tcd4j"));
    ADAPTERS.values().stream()
        .filter(Files::isDirectory)
        .forEach(folder -> locations.add(Location.of(folder)));
    return locations;
  }

  private static String inside(String module) {
    return ROOT + module + "..";
  }

  @Test
  void everyModuleIsOnAFloor() {
    Set<String> modules =
        HOUSE.stream()
            .map(c -> c.getPackageName().substring(ROOT.length()).split("\\.", 2)[0])
            .collect(Collectors.toSet());

    Set<String> expected = FLOORS.stream().flatMap(Set::stream).collect(Collectors.toSet());
    // A build of this module alone has none of them; a build of all has both.
    ADAPTERS.forEach(
        (name, folder) -> {
          if (!Files.isDirectory(folder)) {
            expected.remove(name);
          }
        });
    assertThat(modules).isEqualTo(expected);
  }

  @Test
  void adaptersUseThePipelineAndNobodyUsesThem() {
    String[] adapters =
        ADAPTERS.keySet().stream().map(ArchitectureTest::inside).toArray(String[]::new);
    noClasses()
        .that()
        .resideInAnyPackage(adapters)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            inside("data"), inside("training"), inside("evaluation"), inside("server"))
        .allowEmptyShould(true)
        .check(HOUSE);
    noClasses()
        .that()
        .resideOutsideOfPackages(adapters)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(adapters)
        .check(HOUSE);
  }

  @Test
  void modulesImportOnlyFromFloorsBelowThem() {
    for (int floor = 0; floor < FLOORS.size(); floor++) {
      Set<String> forbidden = new TreeSet<>();
      FLOORS.subList(floor, FLOORS.size()).forEach(forbidden::addAll);
      for (String module : FLOORS.get(floor)) {
        String[] others =
            forbidden.stream()
                .filter(m -> !m.equals(module))
                .map(ArchitectureTest::inside)
                .toArray(String[]::new);
        if (others.length > 0) {
          noClasses()
              .that()
              .resideInAPackage(inside(module))
              .should()
              .dependOnClassesThat()
              .resideInAnyPackage(others)
              .allowEmptyShould(ADAPTERS.containsKey(module))
              .check(HOUSE);
        }
      }
    }
  }

  @Test
  void onlyTensorSeesTheNativeLibrary() {
    noClasses()
        .that()
        .resideOutsideOfPackage(inside("tensor"))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.bytedeco..")
        .check(HOUSE);
  }

  @Test
  void noPublicSignatureOfTensorNamesTheNativeLibrary() {
    members()
        .that()
        .areDeclaredInClassesThat()
        .resideInAPackage(inside("tensor"))
        .and()
        .areDeclaredInClassesThat()
        .arePublic()
        .and()
        .arePublic()
        .should(
            new ArchCondition<JavaMember>("name no type of org.bytedeco") {
              @Override
              public void check(JavaMember member, ConditionEvents events) {
                member.getAllInvolvedRawTypes().stream()
                    .filter(type -> type.getPackageName().startsWith("org.bytedeco"))
                    .forEach(
                        type ->
                            events.add(
                                SimpleConditionEvent.violated(
                                    member, member.getFullName() + " names " + type.getName())));
              }
            })
        .check(HOUSE);
  }

  @Test
  void theMethodKnowsNoFilesAndNoPictures() {
    noClasses()
        .that()
        .resideInAPackage(inside("diffusion"))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("java.nio.file..", "java.io..", "java.awt..", "com.fasterxml..")
        .check(HOUSE);
  }

  @Test
  void onlyTheCommandLineKnowsTheCommandLine() {
    noClasses()
        .that()
        .resideOutsideOfPackage(inside("cli"))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("picocli..")
        .check(HOUSE);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching(ROOT + "(**)").should().beFreeOfCycles().check(HOUSE);
  }

  @Test
  void everyPackageIsNullMarked() {
    Map<String, Boolean> marked = new TreeMap<>();
    for (JavaClass c : HOUSE) {
      JavaPackage p = c.getPackage();
      marked.put(p.getName(), p.isAnnotatedWith(NullMarked.class));
    }

    assertThat(marked).hasSizeGreaterThan(20).doesNotContainValue(false);
  }

  @Test
  void noClassIsCalledAfterNothing() {
    classes()
        .should()
        .haveNameNotMatching(".*(Utils?|Helpers?|Manager)(\\$.*)?")
        .because("a name says what a thing is, not that it helps")
        .check(HOUSE);
  }

  @Test
  void noPackageIsAHeap() {
    Map<String, Long> sizes = typesByPackage();
    sizes.values().removeIf(types -> types <= 24);

    assertThat(sizes)
        .as("packages of more than 24 types: nobody finds anything there; divide them by topic")
        .isEmpty();
  }

  @Test
  void theRootOfAModuleIsItsFace() {
    Map<String, Long> roots = typesByPackage();
    roots
        .keySet()
        .retainAll(
            Set.of(
                "pipeline", "cli", "evaluation", "training", "server", "springai", "langchain4j"));
    roots.values().removeIf(types -> types <= 15);

    assertThat(roots)
        .as("roots of more than 15 types: what a user meets first must fit on one page")
        .isEmpty();
  }

  private static Map<String, Long> typesByPackage() {
    return HOUSE.stream()
        .filter(c -> c.isTopLevelClass() && !c.getSimpleName().equals("package-info"))
        .collect(
            Collectors.groupingBy(
                c -> c.getPackageName().substring(ROOT.length()),
                TreeMap::new,
                Collectors.counting()));
  }

  @Test
  void internalPackagesAreUsedByTheirNeighboursOnly() {
    noClasses()
        .that()
        .resideOutsideOfPackages(inside("pipeline"), inside("training"), inside("evaluation"))
        .should()
        .dependOnClassesThat()
        .resideInAPackage(inside("pipeline.internal"))
        .because(
            "they are public only to Java: trainers open models as the pipeline does, and"
                + " evaluation makes images of tensors; everybody else uses TextToImage")
        .check(HOUSE);
  }
}
