package dev.keepwarm.decryptor.dotnet;

/** A word of the parameters' vocabulary, as written in JSON. */
interface Word {

  /** The word as written, in its exact case. */
  String word();
}
