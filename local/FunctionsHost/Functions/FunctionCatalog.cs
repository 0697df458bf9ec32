using System.Text.Json;
using McpFunctions.Local.FunctionsHost.Logging;
using McpFunctions.Local.FunctionsHost.Settings;
using McpFunctions.Local.FunctionsProtocol;

namespace McpFunctions.Local.FunctionsHost.Functions;

/// <summary>The app's functions, including disabled ones.</summary>
internal sealed class FunctionCatalog
{
    private readonly Dictionary<string, FunctionDefinition> _byName;

    private FunctionCatalog(IEnumerable<FunctionDefinition> functions)
    {
        All = [.. functions];
        _byName = All.ToDictionary(function => function.Name, StringComparer.OrdinalIgnoreCase);
    }

    public static FunctionCatalog Empty { get; } = new([]);

    public IReadOnlyList<FunctionDefinition> All { get; }

    public IEnumerable<FunctionDefinition> Enabled => All.Where(function => !function.IsDisabled);

    public FunctionDefinition? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Reads the valid functions. Logs and skips invalid ones.</summary>
    public static FunctionCatalog Read(IEnumerable<RpcFunctionMetadata> metadata, HostSettings settings, ILogger logger)
    {
        var functions = new List<FunctionDefinition>();
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var function in metadata)
        {
            try
            {
                if (function.Status is { Status: StatusResult.Types.Status.Failure } failure && failure.Exception is not null)
                    throw new JsonException(failure.Exception.Message);
                if (!names.Add(function.Name))
                    throw new JsonException($"There is more than one function with the name '{function.Name}'.");
                if (settings.Options.Functions is { } only && !only.Contains(function.Name))
                    continue;

                functions.Add(FunctionDefinition.Read(function, IsDisabled(function.Name, settings.App)));
            }
            catch (JsonException e)
            {
                logger.FunctionInError(function.Name, e.Message);
            }
        }

        foreach (var unknown in (settings.Options.Functions ?? new HashSet<string>()).Where(name => !names.Contains(name)))
            logger.UnknownFunctionNamed(unknown);

        return new FunctionCatalog(functions);
    }

    // The second form is for shells and containers that allow no dots in a variable's name.
    private static bool IsDisabled(string name, AppSettings settings) =>
        settings.IsTrue($"AzureWebJobs.{name}.Disabled")
        || settings.IsTrue($"AzureWebJobs_{name}_Disabled")
        || settings.IsTrue($"AzureWebJobs__{name}__Disabled");
}
