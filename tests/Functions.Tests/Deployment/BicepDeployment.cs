using McpFunctions.TestServers;

namespace McpFunctions.Functions.Tests.Deployment;

/// <summary>A copy of deploy/ for one deployment.</summary>
internal sealed class BicepDeployment : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public BicepDeployment()
    {
        Directory.CreateDirectory(PathOf("presets"));
        File.Copy(Repository.PathOf("deploy", "functions.json"), Path.Combine(_folder.Path, "functions.json"));
        string source = Repository.PathOf("deploy", "bicep");
        foreach (string file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            File.Copy(file, PathOf(Path.GetRelativePath(source, file)));
        }
    }

    public string PathOf(string file) => Path.Combine(_folder.Path, "bicep", file);

    /// <summary>
    /// The parameters as they are when the environment has these variables: their defaults are changed instead, since the process that reads
    /// them has the same environment for all tests.
    /// </summary>
    public async Task<string> ParametersAsync(params (string Name, string Value)[] environment)
    {
        string file = PathOf("main.bicepparam");
        string parameters = await File.ReadAllTextAsync(file);
        foreach ((string name, string value) in environment)
        {
            string read = $"readEnvironmentVariable('{name}', '";
            int start = parameters.IndexOf(read, StringComparison.Ordinal);
            Assert.True(start >= 0, $"main.bicepparam does not read {name}.");
            start += read.Length;
            parameters = parameters[..start] + value + parameters[parameters.IndexOf('\'', start)..];
        }

        await File.WriteAllTextAsync(file, parameters);
        return file;
    }

    public void Dispose() => _folder.Dispose();
}
