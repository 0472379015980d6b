package dev.keepwarm.infra;

import java.util.List;
import java.util.Map;

/** Properties that change what a stack is made of. */
final class Variants {
  /** One profile of each scheme that goes with any source. */
  static final String PROFILES =
      """
      {"profiles": {
        "payroll": {
          "scheme": "dotnet",
          "parameters": {
            "cipher": "TripleDES", "mode": "ECB", "padding": "PKCS7", "keySizeBits": 128,
            "blockSizeBits": 64, "keySource": "MD5", "passphraseEncoding": "utf-8",
            "ivSource": "none", "layout": "ciphertext", "plaintextEncoding": "utf-8",
            "ciphertextEncoding": "base64", "preDecode": "none", "postDecode": "none"
          },
          "secret": "AQID"
        },
        "moved": {"scheme": "kms", "encryptionContext": {"purpose": "payroll", "app": "hr"}},
        "bare": {"scheme": "kms"},
        "legacy": {"scheme": "lambda", "function": "legacy-decryptor", "pointer": "/plaintext"},
        "other": {"scheme": "lambda", "function": "444455556666:function:decrypt:prod"}
      }}
      """;

  /** A database in a VPC, with a driver from a layer. */
  static final SourceProps.Jdbc JDBC =
      new SourceProps.Jdbc(
          Map.of(
              "KEEPWARM_JDBC_URL", "jdbc:postgresql://db.example:5432/hr",
              "KEEPWARM_JDBC_QUERY", "SELECT name FROM credentials WHERE tenant = ?",
              "KEEPWARM_JDBC_TENANTS_QUERY",
                  "SELECT tenant FROM credentials WHERE tenant > ? LIMIT ?",
              "KEEPWARM_JDBC_SECRET", "hr/keepwarm"),
          List.of("arn:aws:lambda:eu-central-1:111122223333:layer:postgresql:4"),
          new SourceProps.VpcProps(
              "vpc-0123456789abcdef0",
              List.of("subnet-0123456789abcdef0", "subnet-0123456789abcdef1"),
              List.of("sg-0123456789abcdef0")),
          "arn:aws:kms:eu-central-1:111122223333:key/0");

  private Variants() {}

  static KeepwarmProps.Builder jdbc(KeepwarmProps.Builder props) {
    return props.source(JDBC);
  }

  static KeepwarmProps.Builder secrets(KeepwarmProps.Builder props) {
    return props
        .source(
            new SourceProps.SecretsManager(
                "keepwarm/", "plain", "arn:aws:kms:eu-central-1:111122223333:key/0"))
        .profiles("{\"profiles\": {\"plain\": {\"scheme\": \"plain\"}}}");
  }
}
