namespace McpFunctions.Functions.Consumers;

/// <summary>An entry of the journal is not an event.</summary>
/// <param name="problem">The reason.</param>
public sealed class UnreadableEntryException(string problem) : Exception(problem);
