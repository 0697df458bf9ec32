namespace McpFunctions.Local.FunctionsHost.Keys;

/// <summary>A key in the files of the real host.</summary>
internal sealed record NamedKey(string Name, string Value, bool Encrypted = false);
