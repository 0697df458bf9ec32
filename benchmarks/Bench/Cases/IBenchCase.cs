using McpFunctions.Bench.Measuring;

namespace McpFunctions.Bench.Cases;

/// <summary>One thing that ./bench measures.</summary>
internal interface IBenchCase
{
    /// <summary>The rounds of a full run.</summary>
    const int FullRounds = 5;

    /// <summary>The name on the command line.</summary>
    string Name { get; }

    /// <summary>What it measures, in one line.</summary>
    string Title { get; }

    /// <summary>Whether the state before takes part, except in a smoke test.</summary>
    bool HasStateBefore => false;

    /// <summary>The rounds of a run whose command line names no number.</summary>
    /// <param name="size">The size of the run.</param>
    int RoundsOf(BenchSize size) => size switch { BenchSize.Full => FullRounds, BenchSize.Quick => 2, _ => 1 };

    /// <summary>Measures it.</summary>
    /// <param name="run">The size, the rounds and the contenders.</param>
    /// <returns>What was measured.</returns>
    Task<IReadOnlyList<Comparison>> RunAsync(CaseRun run);
}
