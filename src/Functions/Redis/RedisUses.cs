namespace McpFunctions.Functions.Redis;

/// <summary>What the parts of the gateway run on Redis, beyond single commands.</summary>
public sealed class RedisUses
{
    /// <summary>Collects it.</summary>
    /// <param name="all">Each adds the probes of one part.</param>
    internal RedisUses(params IReadOnlyList<Action<RedisProbes>> all) => All = all;

    /// <summary>Each adds the probes of one part.</summary>
    internal IReadOnlyList<Action<RedisProbes>> All { get; }
}
