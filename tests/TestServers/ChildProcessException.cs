namespace McpFunctions.TestServers;

/// <summary>A child process did not do what it was started for; the message ends with its last lines.</summary>
public sealed class ChildProcessException(string problem, IReadOnlyList<string> output)
    : Exception($"{problem} Its last lines:{Environment.NewLine}{string.Join(Environment.NewLine, output.TakeLast(40))}")
{
    /// <summary>What the process has printed.</summary>
    public IReadOnlyList<string> Output { get; } = output;

    /// <summary>Whether the process said that it could not have its port.</summary>
    public bool AddressInUse => Output.Any(line => line.Contains("address already in use", StringComparison.OrdinalIgnoreCase));
}
