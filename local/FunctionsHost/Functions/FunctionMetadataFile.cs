using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using McpFunctions.Local.FunctionsProtocol;

namespace McpFunctions.Local.FunctionsHost.Functions;

/// <summary>Reads <c>functions.metadata</c>, which the official build writes, when the worker leaves indexing to the host.</summary>
internal static class FunctionMetadataFile
{
    private const string FileName = "functions.metadata";

    /// <exception cref="StartupException">The file is missing or not valid.</exception>
    public static IReadOnlyList<RpcFunctionMetadata> Read(string appFolder)
    {
        var path = Path.Combine(appFolder, FileName);
        if (!File.Exists(path))
            throw new StartupException(
                $"The worker lists no functions itself, and {FileName} is missing in '{appFolder}'. "
                    + "Build the function app again."
            );

        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            return [.. json.RootElement.EnumerateArray().Select(function => FunctionOf(function, appFolder))];
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new StartupException($"'{path}' is not valid: {e.Message}", e);
        }
    }

    private static RpcFunctionMetadata FunctionOf(JsonElement json, string appFolder)
    {
        var function = new RpcFunctionMetadata
        {
            Name = json.GetProperty("name").GetString(),
            ScriptFile = json.GetProperty("scriptFile").GetString(),
            EntryPoint = json.GetProperty("entryPoint").GetString(),
            Language = json.GetProperty("language").GetString(),
            Directory = appFolder,
        };
        function.RawBindings.AddRange(json.GetProperty("bindings").EnumerateArray().Select(binding => binding.GetRawText()));

        // Like a worker's own ids, these do not change over restarts: a worker may cache loaded functions by id.
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{function.Name}|{function.ScriptFile}|{function.EntryPoint}"));
        function.FunctionId = new Guid(hash.AsSpan(0, 16)).ToString();
        return function;
    }
}
