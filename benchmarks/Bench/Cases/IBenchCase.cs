using McpFunctions.Bench.Measuring;

namespace McpFunctions.Bench.Cases;

/// <summary>One thing that ./bench measures.</summary>
internal interface IBenchCase
{
    /// <summary>The name on the command line.</summary>
    string Name { get; }

    /// <summary>What it measures, in one line.</summary>
    string Title { get; }

    /// <summary>Measures it.</summary>
    /// <param name="run">The size, the rounds and the contenders.</param>
    /// <returns>What was measured.</returns>
    Task<IReadOnlyList<Comparison>> RunAsync(CaseRun run);
}
