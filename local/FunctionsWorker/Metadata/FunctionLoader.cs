using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Microsoft.Azure.Functions.Worker.Invocation;

namespace Microsoft.Azure.Functions.Worker.Metadata;

/// <summary>Holds the functions that the host has loaded, by the id it knows them by.</summary>
internal sealed class FunctionLoader
{
    private readonly ConcurrentDictionary<string, LoadedFunction> _functions = new();

    public bool TryGet(string id, [NotNullWhen(true)] out LoadedFunction? function) => _functions.TryGetValue(id, out function);

    /// <summary>Finds the method of a function and prepares it to be called.</summary>
    /// <exception cref="InvalidOperationException">There is no such method, or the id is taken.</exception>
    public void Load(string id, string name, string scriptFile, string entryPoint, IReadOnlyCollection<BindingMetadata> bindings)
    {
        var function = new LoadedFunction(id, name, entryPoint, MethodOf(name, scriptFile, entryPoint), bindings);
        if (!_functions.TryAdd(id, function))
            throw new InvalidOperationException($"Unable to load Function '{name}'. A function with the id '{id}' name already exists.");
    }

    private static MethodInfo MethodOf(string name, string scriptFile, string entryPoint)
    {
        var assembly = Assembly.Load(new AssemblyName(Path.GetFileNameWithoutExtension(scriptFile)));
        var dot = entryPoint.LastIndexOf('.');
        var type = dot > 0 ? assembly.GetType(entryPoint[..dot]) : null;
        MethodInfo[] methods = [.. type?.GetMethods().Where(method => method.Name == entryPoint[(dot + 1)..]) ?? []];

        return methods switch
        {
            [{ ContainsGenericParameters: false } method] => method,
            [] => throw new InvalidOperationException(
                $"Function '{name}' cannot be loaded: '{scriptFile}' has no public method '{entryPoint}' in a class that is not nested."),
            _ => throw new InvalidOperationException(
                $"Function '{name}' cannot be loaded: its method '{entryPoint}' is overloaded or generic."),
        };
    }
}
