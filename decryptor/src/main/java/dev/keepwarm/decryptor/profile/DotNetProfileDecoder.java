package dev.keepwarm.decryptor.profile;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.WrongKeyException;
import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.core.internal.Kms;
import dev.keepwarm.core.internal.SecretCipher;
import dev.keepwarm.decryptor.dotnet.DotNetDecoder;
import dev.keepwarm.decryptor.dotnet.DotNetOutcome;
import dev.keepwarm.decryptor.dotnet.DotNetParameters;
import dev.keepwarm.decryptor.dotnet.DotNetParametersException;
import dev.keepwarm.decryptor.dotnet.DotNetSecret;
import dev.keepwarm.engine.SourceRow;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import software.amazon.awssdk.core.SdkBytes;

/**
 * The {@code dotnet} scheme of one profile. {@link #prepare} or the first original decrypts the
 * profile's secret and derives its key. Both are kept until {@link #clear}. Thread-safe.
 */
final class DotNetProfileDecoder implements Decoder {
  private static final String BAD_SECRET = "BAD_PROFILE_SECRET";

  private final Memo<DotNetDecoder> decoder;

  DotNetProfileDecoder(
      String profile, DotNetParameters parameters, SdkBytes secret, SecretCipher cipher) {
    this.decoder = new Memo<>(() -> open(profile, parameters, secret, cipher));
  }

  @Override
  public Outcome decode(SourceRow.Original original) {
    DotNetDecoder ready;
    try {
      ready = decoder.get();
    } catch (WrongKeyException e) {
      return new Undecodable(Failure.WRONG_KEY);
    } catch (KeepwarmException e) {
      if (e.code() == ErrorCode.TAMPERED || e.code() == ErrorCode.INVALID_CONFIGURATION) {
        return new Undecodable(BAD_SECRET);
      }
      throw e;
    }
    return switch (ready.decode(original.ciphertext())) {
      case DotNetOutcome.Decoded decoded ->
          new Decoded(decoded.text().getBytes(StandardCharsets.UTF_8));
      case DotNetOutcome.Refused refused -> new Undecodable(refused.reason().name());
    };
  }

  @Override
  public void prepare() {
    DotNetDecoder unused = decoder.get();
  }

  @Override
  public void clear() {
    decoder.clear();
  }

  private static DotNetDecoder open(
      String profile, DotNetParameters parameters, SdkBytes secret, SecretCipher cipher) {
    byte[] json = cipher.decrypt(secret, Kms.profileContext(profile));
    try {
      DotNetDecoder decoder =
          DotNetDecoder.of(
              parameters,
              DotNetSecret.parse(Json.parseObject(new String(json, StandardCharsets.UTF_8))));
      decoder.deriveKey();
      return decoder;
    } catch (DotNetParametersException | KeepwarmException e) {
      throw new KeepwarmException(
          ErrorCode.INVALID_CONFIGURATION,
          "the secret of profile " + profile + " is not a passphrase or a key");
    } finally {
      Arrays.fill(json, (byte) 0);
    }
  }
}
