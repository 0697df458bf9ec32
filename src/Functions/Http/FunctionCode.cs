using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.Azure.Functions.Worker;

namespace McpFunctions.Functions.Http;

/// <summary>Finds the attributes of the running function.</summary>
/// <typeparam name="T">The attribute.</typeparam>
internal static class FunctionCode<T>
    where T : Attribute
{
    private static readonly ConcurrentDictionary<string, T?> ByEntryPoint = new();

    /// <summary>The attribute of the function's method; null if it has none.</summary>
    public static T? AttributeOf(FunctionContext context) => ByEntryPoint.GetOrAdd(context.FunctionDefinition.EntryPoint, Find);

    private static T? Find(string entryPoint)
    {
        int dot = entryPoint.LastIndexOf('.');
        return typeof(FunctionCode<T>).Assembly.GetType(entryPoint[..dot])?.GetMethod(entryPoint[(dot + 1)..])?.GetCustomAttribute<T>();
    }
}
