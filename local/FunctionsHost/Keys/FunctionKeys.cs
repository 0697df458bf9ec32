namespace McpFunctions.Local.FunctionsHost.Keys;

/// <summary>The content of a function's key file.</summary>
internal sealed record FunctionKeys(IReadOnlyList<NamedKey> Keys);
