package dev.keepwarm.decryptor.dotnet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.Base64;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ForeignValueTest {

  private static final String CMS = "30820180" + "06092a864886f70d010703a0820171" + "00".repeat(40);
  private static final String IDENTITY_HASH =
      "01" + "00000001" + "00002710" + "00000010" + "5a".repeat(48);

  private final DotNetDecoder decoder =
      DotNetDecoder.of(
          KnownSchemes.all().get("tripledes-ecb-md5"), DotNetSecret.ofPassphrase("any"));

  static Stream<Arguments> values() {
    return Stream.of(
        arguments("AQAAANCMnd8BFdERjHoAwE/Cl+sBAAAAabcdefgh", DotNetRefusal.DPAPI_VALUE),
        arguments("CfDJ8AAAAAAAAAAAAAAA_aaaa-bbb", DotNetRefusal.DATA_PROTECTION_VALUE),
        arguments(base64(CMS), DotNetRefusal.CMS_VALUE),
        arguments(
            "<EncryptedData Type=\"http://www.w3.org/2001/04/xmlenc#Element\">",
            DotNetRefusal.XML_ENCRYPTION_VALUE),
        arguments("-----BEGIN PGP MESSAGE-----\n\nhQEMA", DotNetRefusal.PGP_VALUE),
        arguments("eyJhbGciOiJkaXIifQ..iv_9-x.AbCd.tag", DotNetRefusal.JWE_VALUE),
        arguments("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", DotNetRefusal.JWT_VALUE),
        arguments("gAAAAABl0000abcdEFGH-_==", DotNetRefusal.FERNET_VALUE),
        arguments("$ANSIBLE_VAULT;1.1;AES256\n62313365", DotNetRefusal.ANSIBLE_VAULT_VALUE),
        arguments("vault:v1:8SDd3WHDOjf7mq69CyCqYjBXAiQ", DotNetRefusal.VAULT_VALUE),
        arguments("ENC[AES256_GCM,data:p673w==,iv:YY=,tag:A=,type:str]", DotNetRefusal.SOPS_VALUE),
        arguments("AQICAHhEXAMPLEexampleEXAMPLEexample1", DotNetRefusal.KMS_VALUE),
        arguments("$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi", DotNetRefusal.HASH_VALUE),
        arguments("$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$aGFzaA", DotNetRefusal.HASH_VALUE),
        arguments("pbkdf2_sha256$260000$salt$hash=", DotNetRefusal.HASH_VALUE),
        arguments("{SSHA}MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=", DotNetRefusal.HASH_VALUE),
        arguments(base64(IDENTITY_HASH), DotNetRefusal.HASH_VALUE),
        arguments("U2FsdGVkX18kH6hnY7hTQZAGxV2faF01w6uhO+X6+9Q=", DotNetRefusal.OPENSSL_VALUE),
        arguments("0x6236aa85ced115db", DotNetRefusal.HEX_VALUE),
        arguments("enc:Yjaqhc7RFdtiNqqFztEV2w==", DotNetRefusal.AFFIXED_VALUE),
        arguments("ENC(Yjaqhc7RFdtiNqqFztEV2w==)", DotNetRefusal.AFFIXED_VALUE),
        arguments("{AES}Yjaqhc7RFdtiNqqFztEV2w==", DotNetRefusal.AFFIXED_VALUE));
  }

  @ParameterizedTest
  @MethodSource("values")
  void isRefusedByName(String value, DotNetRefusal expected) {
    assertThat(decoder.decode(value)).isEqualTo(new DotNetOutcome.Refused(expected));
  }

  @Test
  void ordinaryCiphertextsAreNotTakenForOthers() {
    Seed seed = Seed.printed();
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = seed.bytes(8 * (1 + seed.below(12)));

      assertThat(ForeignValue.inBytes(bytes)).isEmpty();
      assertThat(ForeignValue.inText(Base64.getEncoder().encodeToString(bytes))).isEmpty();
      assertThat(ForeignValue.isHexNumber(Base64.getEncoder().encodeToString(bytes))).isFalse();
    }
  }

  private static String base64(String hex) {
    return Base64.getEncoder().encodeToString(HexFormat.of().parseHex(hex));
  }
}
