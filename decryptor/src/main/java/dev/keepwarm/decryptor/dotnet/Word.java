package dev.keepwarm.decryptor.dotnet;

/** A value of the parameters' vocabulary, as it is written in JSON. */
interface Word {

  /** How the value is written, case included. */
  String word();
}
