namespace McpFunctions.TestServers;

/// <summary>The ports of an Azurite.</summary>
public readonly record struct AzuritePorts(int Blob, int Queue, int Table)
{
    /// <summary>Three consecutive ports, as in Azurite's own defaults.</summary>
    public AzuritePorts(int first)
        : this(first, first + 1, first + 2)
    {
    }
}
