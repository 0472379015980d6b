package dev.keepwarm.cli.cost;

import java.util.ArrayList;
import java.util.List;

/**
 * The alternatives to Keepwarm, and what a month of the same reads costs with them. As with
 * Keepwarm, reads that callers answer from their own caches are not counted.
 */
public enum Alternative {
  /** All credentials are in AWS Secrets Manager, and every read is a request to it. */
  SECRETS_MANAGER("Secrets Manager") {
    @Override
    void add(Workload load, Adder adder) {
      adder.add("Secrets Manager", "secrets", load.credentials(), "secretsmanager.secretMonth", 1);
      adder.add(
          "Secrets Manager",
          "reads and changes",
          (double) load.reads() + load.changes(),
          "secretsmanager.millionCalls",
          MILLION);
    }
  },

  /**
   * A decryptor that every read invokes and waits for. It reads the original and decodes it, and
   * calls KMS for its key when it starts. One read in a hundred meets a cold start.
   */
  AWAITED_DECRYPTOR("an awaited decryptor") {
    @Override
    void add(Workload load, Adder adder) {
      double reads = load.reads();
      double seconds = reads * (COLD_SHARE * COLD_SECONDS + (1 - COLD_SHARE) * WARM_SECONDS);
      adder.add("Lambda", "invocations", reads, "lambda.millionRequests", MILLION);
      adder.add("Lambda", "decryptor, GB seconds", seconds, "lambda.gigabyteSecondArm", 1);
      adder.add("DynamoDB", "originals, reads", reads, "dynamodb.millionReads", MILLION);
      adder.add(
          "DynamoDB",
          "stored, GB",
          load.credentials() * Workload.ORIGINAL_BYTES / GIGABYTE,
          "dynamodb.gigabyteMonth",
          1);
      adder.add("KMS", "the key", 1, "kms.keyMonth", 1);
      adder.add("KMS", "keys opened at starts", reads * COLD_SHARE, "kms.millionRequests", MILLION);
    }
  };

  /** An assumption, for callers that come and go like those of a web application. */
  private static final double COLD_SHARE = 0.01;

  /** An untuned Java decryptor with 1 GB; see {@code docs/performance.md}. */
  private static final double COLD_SECONDS = 1.2;

  /** The same, warm: a read of the original, and decoding. */
  private static final double WARM_SECONDS = 0.02;

  private static final double MILLION = 1e6;
  private static final double GIGABYTE = 1024.0 * 1024 * 1024;

  private final String label;

  Alternative(String label) {
    this.label = label;
  }

  /** The name for use in a sentence. */
  public String label() {
    return label;
  }

  /** Estimates a month. */
  public Estimate estimate(Workload load, Prices prices) {
    List<Estimate.Line> lines = new ArrayList<>();
    add(
        load,
        (service, what, quantity, price, per) ->
            lines.add(
                new Estimate.Line(service, what, quantity, quantity / per * prices.of(price))));
    return new Estimate(lines);
  }

  abstract void add(Workload load, Adder adder);

  /** Adds a line; {@code per} is the number of units that the price is for. */
  interface Adder {
    void add(String service, String what, double quantity, String price, double per);
  }
}
