namespace McpFunctions.Local.FunctionsHost.Keys;

/// <summary>A key in the real host's file format.</summary>
internal sealed record NamedKey(string Name, string Value, bool Encrypted = false);
