package dev.keepwarm.decryptor.dotnet;

import java.util.Optional;

/**
 * Validated parameters, in the form that the decoder uses.
 *
 * @param fixedIv the IV if it is a parameter or a constant; empty otherwise
 * @param mac present exactly if the layout has an HMAC
 * @param associatedData the associated data of GCM; mostly empty
 * @param saltIsAssociated whether GCM authenticates the salt in front of the value
 * @param spaceToPlus whether blanks in base64 were plus signs
 * @param valuePrefix the text in front of each stored value, such as {@code 0x}; mostly empty
 * @param valueSuffix the text after each stored value
 * @param plaintextPrefixBytes how many random bytes precede the text
 * @param sqlServerHeader whether SQL Server's header of eight bytes precedes the text
 * @param trimTrailingNul whether U+0000 is removed from the text's end
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Scheme(
    TextNotation notation,
    String valuePrefix,
    String valueSuffix,
    boolean spaceToPlus,
    Layout layout,
    Layout.Lengths lengths,
    KeySource keySource,
    IvSource ivSource,
    byte[] fixedIv,
    Optional<MacScheme> mac,
    byte[] associatedData,
    boolean saltIsAssociated,
    BlockCipher cipher,
    Padding padding,
    TextEncoding plaintextEncoding,
    int plaintextPrefixBytes,
    boolean sqlServerHeader,
    boolean trimTrailingNul) {

  Optional<MacKeySource> macKeySource() {
    return mac.map(MacScheme::keySource);
  }
}
