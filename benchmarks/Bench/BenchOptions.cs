namespace McpFunctions.Bench;

/// <summary>The command line.</summary>
/// <param name="Size">How much to measure.</param>
/// <param name="IsJson">Whether to print JSON instead of tables.</param>
/// <param name="IsList">Whether to print the cases instead of running them.</param>
/// <param name="Rounds">The number of rounds; null for that of the size.</param>
/// <param name="Cases">The names of the cases to run; none for all.</param>
/// <param name="Worker">What this process measures for another ./bench, as a name and a number; null if it is the one that the user started.</param>
internal sealed record BenchOptions(BenchSize Size, bool IsJson, bool IsList, int? Rounds, IReadOnlyList<string> Cases, (string Name, int Count)? Worker)
{
    /// <summary>Reads the command line.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <returns>The options.</returns>
    /// <exception cref="BenchException">An option is wrong.</exception>
    public static BenchOptions Parse(string[] arguments)
    {
        var options = new BenchOptions(BenchSize.Full, false, false, null, [], null);
        for (int index = 0; index < arguments.Length; index++)
        {
            options = arguments[index] switch
            {
                "--quick" => options with { Size = BenchSize.Quick },
                "--smoke" => options with { Size = BenchSize.Smoke },
                "--json" => options with { IsJson = true },
                "--list" => options with { IsList = true },
                "--rounds" => options with { Rounds = Number(arguments, ref index) },
                "--worker" when index + 2 < arguments.Length && arguments[index + 1] == Recovery.RecoveryWorker.Name => options with { Worker = (arguments[++index], Number(arguments, ref index)) },
                var name when !name.StartsWith('-') => options with { Cases = [.. options.Cases, name] },
                var wrong => throw new BenchException($"unknown option '{wrong}'"),
            };
        }

        return options;
    }

    private static int Number(string[] arguments, ref int index) =>
        ++index < arguments.Length && int.TryParse(arguments[index], out int number) && number > 0
            ? number
            : throw new BenchException($"{arguments[index - 1]} needs a number above 0");
}
