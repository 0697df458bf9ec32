namespace McpFunctions.Local.FunctionsHost.Keys;

/// <summary>The content of the host's key file, <c>host.json</c>.</summary>
internal sealed record HostKeys(NamedKey MasterKey, IReadOnlyList<NamedKey> FunctionKeys, IReadOnlyList<NamedKey> SystemKeys);
