using System.Collections;
using McpFunctions.Local.FunctionsHost.CommandLine;

namespace McpFunctions.FunctionsHost.Tests.Host;

/// <summary>The files, the environment and the options with which a test starts a host.</summary>
internal sealed record TestApp
{
    /// <summary>The app folder. With null, the test host makes a temporary one.</summary>
    public string? Folder { get; init; }

    public string HostJson { get; init; } = """{"version":"2.0"}""";

    public string? LocalSettings { get; init; }

    public string? FunctionsMetadata { get; init; }

    /// <summary>The whole environment. A test must not see the machine's variables.</summary>
    public Hashtable Environment { get; init; } = [];

    /// <summary>Verbose, since tests check for single invocations, which the console shows only then.</summary>
    public StartOptions Options { get; init; } = new() { Verbose = true };

    public static TestApp With(params (string Name, string Value)[] settings)
    {
        var environment = new Hashtable();
        foreach (var (name, value) in settings)
            environment[name] = value;
        return new TestApp { Environment = environment };
    }

    public void WriteTo(string folder)
    {
        Write("host.json", HostJson);
        Write(
            "worker.config.json",
            """{"description":{"language":"dotnet-isolated","extensions":[".dll"],"defaultExecutablePath":"dotnet","defaultWorkerPath":"Scripted.dll","workerIndexing":"true"}}"""
        );
        Write("local.settings.json", LocalSettings);
        Write("functions.metadata", FunctionsMetadata);

        void Write(string name, string? content)
        {
            if (content is not null)
                File.WriteAllText(Path.Combine(folder, name), content);
        }
    }
}
