package dev.keepwarm.integration;

import static com.tngtech.archunit.core.domain.JavaModifier.SYNTHETIC;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noCodeUnits;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import dev.keepwarm.cli.KeepwarmCommand;
import dev.keepwarm.local.LocalCommand;
import dev.keepwarm.reader.KeepwarmReader;
import dev.keepwarm.reader.ReaderBuilder;
import dev.keepwarm.reader.testing.MemoryReader;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Checks which packages may import which, and which classes may read the time and the environment:
 * {@code docs/architecture.md}.
 */
@AnalyzeClasses(packages = "dev.keepwarm", importOptions = ArchitectureTest.MainCode.class)
class ArchitectureTest {
  private static final String CORE = "dev.keepwarm.core..";
  private static final String ENGINE = "dev.keepwarm.engine..";
  private static final String SOURCE = "dev.keepwarm.source..";
  private static final String DECRYPTOR = "dev.keepwarm.decryptor..";
  private static final String DOTNET = "dev.keepwarm.decryptor.dotnet..";
  private static final String WARMER = "dev.keepwarm.warmer..";
  private static final String READER = "dev.keepwarm.reader..";
  private static final String JDBC = "dev.keepwarm.jdbc..";
  private static final String EMULATOR = "dev.keepwarm.emulator..";
  private static final String LOCAL = "dev.keepwarm.local..";
  private static final String DEMO = "dev.keepwarm.demo..";
  private static final String CLI = "dev.keepwarm.cli..";
  private static final String ALL = "dev.keepwarm..";

  /** Excludes tests, including those in {@code core}'s test jar. */
  static final class MainCode implements ImportOption {
    @Override
    public boolean includes(Location location) {
      return !location.contains("/test-classes/") && !location.contains("-tests.jar");
    }
  }

  @ArchTest static final ArchRule coreKnowsNobody = onlyKnows(CORE);

  @ArchTest static final ArchRule theEngineKnowsTheCoreAlone = onlyKnows(ENGINE, CORE);

  @ArchTest static final ArchRule theSourcesKnowEngineAndCore = onlyKnows(SOURCE, ENGINE, CORE);

  @ArchTest
  static final ArchRule theDecryptorKnowsSourcesEngineAndCore =
      onlyKnows(DECRYPTOR, SOURCE, ENGINE, CORE);

  @ArchTest
  static final ArchRule theWarmerKnowsSourcesEngineAndCore =
      onlyKnows(WARMER, SOURCE, ENGINE, CORE);

  @ArchTest static final ArchRule theReaderKnowsTheCoreAlone = onlyKnows(READER, CORE);

  @ArchTest
  static final ArchRule theReadersModulesUseWhatApplicationsCanUse =
      noClasses()
          .that()
          .resideInAnyPackage("dev.keepwarm.reader.*..", JDBC)
          .should()
          .dependOnClassesThat()
          .resideInAPackage("dev.keepwarm.core.internal..");

  @ArchTest static final ArchRule jdbcKnowsTheReaderAndTheCore = onlyKnows(JDBC, READER, CORE);

  @ArchTest static final ArchRule theEmulatorKnowsNothingOfKeepwarm = onlyKnows(EMULATOR);

  @ArchTest
  static final ArchRule theLocalDeploymentKnowsTheFunctionsAndTheEmulator =
      onlyKnows(LOCAL, EMULATOR, DECRYPTOR, WARMER, SOURCE, ENGINE, CORE);

  @ArchTest
  static final ArchRule theDemoKnowsTheLocalDeploymentAndTheReader =
      onlyKnows(DEMO, LOCAL, READER, EMULATOR, DECRYPTOR, WARMER, SOURCE, ENGINE, CORE);

  /** They start the emulated services; an operator's command works on AWS. */
  @ArchTest
  static final ArchRule onlyLocalAndDemoKnowTheEmulator =
      noClasses()
          .that()
          .resideOutsideOfPackages(EMULATOR, LOCAL, DEMO)
          .should()
          .dependOnClassesThat()
          .resideInAPackage(EMULATOR);

  @ArchTest
  static final ArchRule theCommandLineKnowsNeitherWarmerNorReader =
      onlyKnows(CLI, DEMO, LOCAL, EMULATOR, DECRYPTOR, SOURCE, ENGINE, CORE);

  @ArchTest
  static final ArchRule onlyTheMainCommandKnowsLocalAndDemo =
      noClasses()
          .that()
          .resideInAPackage(CLI)
          .and()
          .doNotHaveFullyQualifiedName(KeepwarmCommand.class.getName())
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(LOCAL, DEMO);

  @ArchTest
  static final ArchRule theNetDecoderKnowsNothingButJava =
      classes()
          .that()
          .resideInAPackage(DOTNET)
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              DOTNET, "java..", "javax.crypto..", "org.bouncycastle..", "org.jspecify..");

  @ArchTest
  static final ArchRule nobodyKnowsTheCommandLine =
      noClasses()
          .that()
          .resideOutsideOfPackage(CLI)
          .should()
          .dependOnClassesThat()
          .resideInAPackage(CLI);

  private static final DescribedPredicate<JavaClass> INTERNAL =
      DescribedPredicate.describe(
          "an internal type", type -> type.getPackageName().contains(".internal"));

  private static final DescribedPredicate<JavaClass> VISIBLE =
      DescribedPredicate.describe("visible outside of their package", type -> isVisible(type));

  private static boolean isVisible(JavaClass type) {
    return type.getModifiers().contains(JavaModifier.PUBLIC)
        && type.getEnclosingClass().map(outer -> isVisible(outer)).orElse(true);
  }

  @ArchTest
  static final ArchRule thePublishedApiNamesNoInternalType =
      noCodeUnits()
          .that()
          .arePublic()
          .and()
          .areDeclaredInClassesThat(VISIBLE)
          .and()
          .areDeclaredInClassesThat()
          .resideInAnyPackage("dev.keepwarm.core", READER, JDBC)
          .should()
          .haveRawReturnType(INTERNAL)
          .orShould()
          .haveRawParameterTypes(
              DescribedPredicate.describe(
                  "with an internal type", types -> types.stream().anyMatch(INTERNAL)));

  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices().matching("dev.keepwarm.(**)").should().beFreeOfCycles();

  /** Handlers, whose constructor Lambda calls, and programs that are started directly. */
  private static final DescribedPredicate<JavaClass> COMPOSITION_ROOT =
      DescribedPredicate.describe(
          "composition roots",
          type ->
              type.getSimpleName().endsWith("Composition")
                  || (type.getSimpleName().endsWith("Handler")
                      && type.getPackageName().matches("dev\\.keepwarm\\.(decryptor|warmer)"))
                  || type.isEquivalentTo(KeepwarmReader.class)
                  || type.isEquivalentTo(KeepwarmCommand.class)
                  || type.isEquivalentTo(LocalCommand.class));

  @ArchTest
  static final ArchRule onlyCompositionRootsReadTheEnvironment =
      noClasses()
          .that(DescribedPredicate.not(COMPOSITION_ROOT))
          .should()
          .callMethod(System.class, "getenv")
          .orShould()
          .callMethod(System.class, "getenv", String.class);

  @ArchTest
  static final ArchRule onlyCompositionRootsChooseTheClock =
      noClasses()
          .that(DescribedPredicate.not(COMPOSITION_ROOT))
          .and(
              DescribedPredicate.not(
                  DescribedPredicate.describe(
                      "have a default clock that a builder or a test replaces",
                      (JavaClass type) ->
                          type.isEquivalentTo(ReaderBuilder.class)
                              || type.isEquivalentTo(MemoryReader.class)
                              || type.getFullName().equals("dev.keepwarm.demo.DemoCommand")
                              || type.getFullName().equals("dev.keepwarm.local.LocalFunctions")
                              || type.getFullName().equals("dev.keepwarm.emulator.kms.KmsServer")
                              || type.getFullName()
                                  .equals("dev.keepwarm.emulator.eventbridge.EventBridgeServer"))))
          .should()
          .callMethod(InstantSource.class, "system")
          .orShould()
          .callMethod(Clock.class, "systemUTC")
          .orShould()
          .callMethod(Clock.class, "systemDefaultZone");

  @ArchTest
  static final ArchRule nobodyReadsTheClockPastItsSeam =
      noClasses()
          .that()
          // The process that receives a deadline compares it with the machine's clock.
          .doNotHaveFullyQualifiedName("dev.keepwarm.emulator.lambda.Sandbox")
          .should()
          .callMethod(Instant.class, "now")
          .orShould()
          .callMethod(System.class, "currentTimeMillis");

  @ArchTest
  static final ArchRule nobodySleepsPastTheSeam =
      noClasses()
          .that()
          .doNotHaveFullyQualifiedName("dev.keepwarm.core.internal.Pauses")
          .should()
          .callMethod(Thread.class, "sleep", long.class)
          .orShould()
          .callMethod(Thread.class, "sleep", java.time.Duration.class)
          .orShould()
          .callMethod(TimeUnit.class, "sleep", long.class)
          .orShould()
          .callMethod(LockSupport.class, "parkNanos", long.class);

  /** Decision 0020 gives the reason, and where virtual threads are allowed. */
  @ArchTest
  static final ArchRule whatRunsInFunctionsHasNoVirtualThreads =
      noClasses()
          .that()
          .resideOutsideOfPackages(EMULATOR, DEMO)
          .and()
          .doNotHaveFullyQualifiedName("dev.keepwarm.reader.LookupThreads")
          .should()
          .callMethod(Thread.class, "ofVirtual")
          .orShould()
          .callMethod(Thread.class, "startVirtualThread", Runnable.class)
          .orShould()
          .callMethod(Executors.class, "newVirtualThreadPerTaskExecutor");

  @ArchTest
  static final ArchRule nothingStaticIsAssignedAgain =
      fields().that().areStatic().and().doNotHaveModifier(SYNTHETIC).should().beFinal();

  @ArchTest
  static final ArchRule nothingStaticHoldsWhatIsMadeToChange =
      fields()
          .that()
          .areStatic()
          .should()
          .notHaveRawType(
              DescribedPredicate.describe(
                  "made to change",
                  (JavaClass type) ->
                      type.getPackageName().startsWith("java.util.concurrent")
                          || type.getPackageName().startsWith("com.github.benmanes")
                          || type.isAssignableTo(StringBuilder.class)
                          || type.isAssignableTo(ThreadLocal.class)));

  private static ArchRule onlyKnows(String one, String... others) {
    return noClasses()
        .that()
        .resideInAPackage(one)
        .should()
        .dependOnClassesThat(
            DescribedPredicate.describe(
                "are Keepwarm's but not in " + one + " or " + String.join(", ", others),
                type ->
                    JavaClass.Predicates.resideInAPackage(ALL).test(type)
                        && !JavaClass.Predicates.resideInAPackage(one).test(type)
                        && !JavaClass.Predicates.resideInAnyPackage(others).test(type)));
  }
}
