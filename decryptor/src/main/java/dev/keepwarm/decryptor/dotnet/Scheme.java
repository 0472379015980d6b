package dev.keepwarm.decryptor.dotnet;

import java.util.Optional;

/**
 * Validated parameters, as the decoder works with them.
 *
 * @param fixedIv the IV if it is a parameter or a constant; empty otherwise
 * @param macKeySource present exactly if the layout has a MAC
 * @param spaceToPlus whether blanks stand for the plus signs they were in base64
 * @param trimTrailingNul whether U+0000 is removed from the text's end
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Scheme(
    TextNotation notation,
    boolean spaceToPlus,
    Layout layout,
    Layout.Lengths lengths,
    KeySource keySource,
    IvSource ivSource,
    byte[] fixedIv,
    Optional<MacKeySource> macKeySource,
    BlockCipher cipher,
    Padding padding,
    TextEncoding plaintextEncoding,
    boolean trimTrailingNul) {}
