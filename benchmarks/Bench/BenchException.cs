namespace McpFunctions.Bench;

/// <summary>The benchmark cannot go on. The message says why, and what to do about it.</summary>
internal sealed class BenchException(string message) : Exception(message);
