using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Microsoft.Azure.Functions.Worker.Converters;

/// <summary>Gives a function's parameters their values.</summary>
internal sealed class InputConversion(IServiceProvider services, IOptions<WorkerOptions> options)
{
    private const string ConverterTypeKey = "converterType";

    private readonly ConcurrentDictionary<Type, IInputConverter> _instances = new();
    private readonly Type[] _registered = [.. options.Value.InputConverters];

    /// <summary>What a parameter's attributes say about its conversion.</summary>
    public static IReadOnlyDictionary<string, object> PropertiesOf(ParameterInfo parameter) =>
        parameter.GetCustomAttribute<InputConverterAttribute>() is { } attribute
            ? ImmutableDictionary<string, object>.Empty.Add(ConverterTypeKey, attribute.ConverterType)
            : ImmutableDictionary<string, object>.Empty;

    /// <summary>Converts the values of all parameters.</summary>
    /// <exception cref="FunctionInputConverterException">A value does not fit its parameter, or there is none.</exception>
    public static async ValueTask<object?[]> BindParametersAsync(FunctionContext context)
    {
        var bindings = InvocationBindings.Of(context);
        var parameters = context.FunctionDefinition.Parameters;
        var values = new object?[parameters.Length];
        List<string>? errors = null;

        for (var i = 0; i < values.Length; i++)
        {
            var parameter = parameters[i];
            var result = await bindings.ConvertAsync(parameter);
            if (result.Status == ConversionStatus.Succeeded)
                values[i] = result.Value;
            else if (result.Status == ConversionStatus.Failed)
                (errors ??= []).Add(CannotConvert(parameter, bindings.SourceOf(parameter), result.Error));
            else if (parameter.HasDefaultValue)
                values[i] = parameter.DefaultValue;
            else if (!parameter.IsReferenceOrNullableType)
                (errors ??= []).Add(CannotPopulate(parameter));
        }

        return errors is null ? values : throw new FunctionInputConverterException(context.FunctionDefinition.Name, errors);
    }

    /// <summary>Converts one value with the parameter's own converter, or else the first registered one that takes it.</summary>
    public async ValueTask<ConversionResult> ConvertAsync(FunctionParameter parameter, object? source, FunctionContext context)
    {
        var conversion = new ConverterContext(parameter.Type, source, context);
        Type[] own = parameter.Properties.TryGetValue(ConverterTypeKey, out var type) ? [(Type)type] : [];
        foreach (var converter in own.Concat(_registered))
        {
            var result = await Instance(converter).ConvertAsync(conversion);
            if (result.Status != ConversionStatus.Unhandled)
                return result;
        }

        return ConversionResult.Unhandled();
    }

    private IInputConverter Instance(Type converter) =>
        _instances.GetOrAdd(converter, type => (IInputConverter)ActivatorUtilities.CreateInstance(services, type));

    private static string CannotConvert(FunctionParameter parameter, object? source, Exception? error) =>
        $"Cannot convert input parameter '{parameter.Name}' to type '{parameter.Type.FullName}' from type '{source?.GetType().FullName}'. "
        + $"Error:{error}";

    private static string CannotPopulate(FunctionParameter parameter) =>
        $"Could not populate the value for '{parameter.Name}' parameter. "
        + "Consider adding a default value or making the parameter nullable.";
}
