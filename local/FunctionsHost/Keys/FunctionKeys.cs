namespace McpFunctions.Local.FunctionsHost.Keys;

/// <summary>The content of a function's file in the folder of keys.</summary>
internal sealed record FunctionKeys(IReadOnlyList<NamedKey> Keys);
