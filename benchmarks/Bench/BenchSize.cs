namespace McpFunctions.Bench;

/// <summary>How much a run measures.</summary>
internal enum BenchSize
{
    /// <summary>Everything of docs/performance.md.</summary>
    Full,

    /// <summary>Fewer events and rounds, for a look.</summary>
    Quick,

    /// <summary>A few events, one round: shows only that the benchmark still works.</summary>
    Smoke,
}
