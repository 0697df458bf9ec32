using System.Reflection;
using McpFunctions.TestServers;

namespace McpFunctions.Bench.Gateways;

/// <summary>A built gateway: the app, the host that runs it, and its way to publish.</summary>
/// <param name="Root">The folder of its source code.</param>
/// <param name="AppFolder">A copy of the app's build output, compiled to machine code where that is possible.</param>
/// <param name="HostAssembly">The host's assembly, in such a copy.</param>
/// <param name="HasJournalPerType">False for the state before, whose events share one journal.</param>
internal sealed record GatewayBuild(string Root, string AppFolder, string HostAssembly, bool HasJournalPerType)
{
    private const string HostName = "McpFunctions.Local.FunctionsHost.dll";

    private static readonly Lazy<GatewayBuild> s_current = new(() => Of(Repository.Root, Configuration, hasJournalPerType: true));

    /// <summary>The build of this working tree.</summary>
    public static GatewayBuild Current => s_current.Value;

    /// <summary>The configuration with which this program was built.</summary>
    public static string Configuration => typeof(GatewayBuild).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;

    /// <summary>The script with which it publishes.</summary>
    public string PublishScript => File.ReadAllText(Path.Combine(Root, "src", "Functions", "Outbox", "publish.lua"));

    /// <summary>A build of the source code in a folder.</summary>
    public static GatewayBuild Of(string root, string configuration, bool hasJournalPerType) => new(
        root,
        ProgramCopy.Of(OutputOf(Path.Combine(root, "src", "Functions"), configuration)),
        Path.Combine(ProgramCopy.Of(OutputOf(Path.Combine(root, "local", "FunctionsHost"), configuration)), HostName),
        hasJournalPerType);

    /// <summary>The same host with another app.</summary>
    public GatewayBuild WithApp(string projectFolder) => this with { AppFolder = ProgramCopy.Of(OutputOf(projectFolder, Configuration)) };

    private static string OutputOf(string project, string configuration) => Path.Combine(project, "bin", configuration, "net10.0");
}
