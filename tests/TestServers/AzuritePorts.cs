namespace McpFunctions.TestServers;

/// <summary>Where an Azurite listens.</summary>
public readonly record struct AzuritePorts(int Blob, int Queue, int Table);
