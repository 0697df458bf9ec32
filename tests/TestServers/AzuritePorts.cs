namespace McpFunctions.TestServers;

/// <summary>Where an Azurite listens.</summary>
public readonly record struct AzuritePorts(int Blob, int Queue, int Table)
{
    /// <summary>Three in a row, as Azurite's own defaults are.</summary>
    public AzuritePorts(int first)
        : this(first, first + 1, first + 2)
    {
    }
}
