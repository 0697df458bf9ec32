namespace McpFunctions.Functions.Consumers;

/// <summary>This process, as the owner of pending entries of the journal.</summary>
public sealed class GatewayInstance
{
    /// <summary>The owner of entries that wait for their next attempt. Every instance may claim them.</summary>
    public const string Failed = "~failed";

    /// <summary>The name in consumer groups. Each start of a process gets its own, so that an entry of a dead process is never taken for one in work.</summary>
    public string Name { get; } = $"{Environment.MachineName}-{Guid.NewGuid():N}";
}
