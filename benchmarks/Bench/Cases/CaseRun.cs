namespace McpFunctions.Bench.Cases;

/// <summary>The run of a case.</summary>
/// <param name="stage">The servers and the contenders.</param>
/// <param name="size">How much to measure.</param>
/// <param name="rounds">The number of rounds.</param>
internal sealed class CaseRun(Stage stage, BenchSize size, int rounds)
{
    /// <summary>The servers and the contenders.</summary>
    public Stage Stage => stage;

    /// <summary>How much to measure.</summary>
    public BenchSize Size => size;

    /// <summary>The number of rounds.</summary>
    public int Rounds => rounds;

    /// <summary>Whether the state before takes part: it must be built from its commit, which a smoke test does without.</summary>
    public bool HasBefore => size != BenchSize.Smoke;

    /// <summary>The number for this size.</summary>
    public int Of(int full, int quick, int smoke) => size switch { BenchSize.Full => full, BenchSize.Quick => quick, _ => smoke };

    /// <summary>Runs the contenders in turn, round by round: A B A B …</summary>
    /// <param name="contenders">Their names and their rounds.</param>
    public async Task InTurnAsync(params (string Name, Func<Task> Run)[] contenders)
    {
        for (int round = 1; round <= rounds; round++)
        {
            foreach ((string name, Func<Task> run) in contenders)
            {
                Progress.Say($"round {round} of {rounds}: {name}");
                await run();
            }
        }
    }
}
