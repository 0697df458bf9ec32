namespace McpFunctions.Local.FunctionsHost.Keys;

/// <summary>The content of <c>host.json</c> in the folder of keys.</summary>
internal sealed record HostKeys(NamedKey MasterKey, IReadOnlyList<NamedKey> FunctionKeys, IReadOnlyList<NamedKey> SystemKeys);
