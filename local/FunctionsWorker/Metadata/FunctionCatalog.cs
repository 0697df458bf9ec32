using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Microsoft.Extensions.Logging;

namespace Microsoft.Azure.Functions.Worker.Metadata;

/// <summary>
/// Finds the app's functions, as the official build does: the public and internal top-level classes of the app's assembly and
/// of those beside it that are written against the worker.
/// </summary>
internal sealed partial class FunctionCatalog(ILogger<FunctionCatalog> logger)
{
    private const BindingFlags DeclaredMethods =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <exception cref="InvalidOperationException">Two functions have one name, or one function's declaration makes no sense.</exception>
    public IReadOnlyList<FunctionDescription> Find() => Find(Assemblies().SelectMany(assembly => assembly.GetTypes()));

    internal static IReadOnlyList<FunctionDescription> Find(IEnumerable<Type> types)
    {
        FunctionDescription[] functions =
        [
            .. from type in types
               where !type.IsNested
               from method in type.GetMethods(DeclaredMethods)
               let attribute = method.GetCustomAttribute<FunctionAttribute>()
               where attribute is not null
               select FunctionDescription.Of(attribute.Name, method),
        ];

        var duplicates = functions.GroupBy(function => function.Name, StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1);
        if (duplicates.FirstOrDefault() is { } duplicate)
        {
            throw new InvalidOperationException(
                $"Function names must be unique, but '{duplicate.Key}' is the name of "
                + $"{string.Join(" and ", duplicate.Select(function => function.EntryPoint))}.");
        }

        return functions;
    }

    private IEnumerable<Assembly> Assemblies()
    {
        var app = Assembly.GetEntryAssembly() ?? throw new InvalidOperationException("The process has no entry assembly.");
        yield return app;

        foreach (var path in Directory.EnumerateFiles(AppContext.BaseDirectory, "*.dll").Order(StringComparer.Ordinal))
        {
            if (Path.GetFileNameWithoutExtension(path) != app.GetName().Name && IsWrittenAgainstTheWorker(path))
                yield return Assembly.Load(new AssemblyName(Path.GetFileNameWithoutExtension(path)));
        }
    }

    // Reads the file's references without loading it: most of an app's assemblies have nothing to do with functions.
    private bool IsWrittenAgainstTheWorker(string path)
    {
        var worker = typeof(FunctionAttribute).Assembly.GetName().Name;
        try
        {
            using var file = new PEReader(File.OpenRead(path));
            if (!file.HasMetadata)
                return false;

            var metadata = file.GetMetadataReader();
            return metadata.AssemblyReferences.Any(reference =>
                metadata.StringComparer.Equals(metadata.GetAssemblyReference(reference).Name, worker!));
        }
        catch (Exception exception) when (exception is BadImageFormatException or IOException or UnauthorizedAccessException)
        {
            LogUnreadable(path, exception);
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Path} was not searched for functions.")]
    private partial void LogUnreadable(string path, Exception exception);
}
