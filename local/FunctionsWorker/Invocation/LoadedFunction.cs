using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.Azure.Functions.Worker.Converters;

namespace Microsoft.Azure.Functions.Worker.Invocation;

/// <summary>A function that the host has loaded, ready to be called.</summary>
internal sealed class LoadedFunction : FunctionDefinition
{
    private const string ReturnBinding = "$return";

    public LoadedFunction(string id, string name, string entryPoint, MethodInfo method, IReadOnlyCollection<BindingMetadata> bindings)
    {
        Id = id;
        Name = name;
        EntryPoint = entryPoint;
        PathToAssembly = method.DeclaringType!.Assembly.Location;
        Parameters = [.. method.GetParameters().Select(ToFunctionParameter)];
        InputBindings = Only(BindingDirection.In, bindings);
        OutputBindings = Only(BindingDirection.Out, bindings);
        InstanceType = method.IsStatic ? null : method.DeclaringType;
        Invoke = CompiledMethod.Compile(method);
        Outputs = OutputsOf(method);
    }

    public override string Id { get; }

    public override string Name { get; }

    public override string EntryPoint { get; }

    public override string PathToAssembly { get; }

    public override ImmutableArray<FunctionParameter> Parameters { get; }

    public override IImmutableDictionary<string, BindingMetadata> InputBindings { get; }

    public override IImmutableDictionary<string, BindingMetadata> OutputBindings { get; }

    /// <summary>The class to create for each invocation; null for a static method.</summary>
    public Type? InstanceType { get; }

    public Func<object?, object?[], ValueTask<object?>> Invoke { get; }

    /// <summary>The outputs that the return value carries in properties; null where the value itself is the output.</summary>
    public IReadOnlyCollection<OutputProperty>? Outputs { get; }

    private static FunctionParameter ToFunctionParameter(ParameterInfo parameter)
    {
        // Reflection tells the default of a struct, such as `DateTime since = default`, as null; a nullable's is null indeed.
        var type = parameter.ParameterType;
        var isStruct = type.IsValueType && Nullable.GetUnderlyingType(type) is null;
        var defaultValue = parameter is { HasDefaultValue: true, DefaultValue: null } && isStruct
            ? RuntimeHelpers.GetUninitializedObject(type)
            : parameter.DefaultValue;

        return new(
            parameter.Name!, type, parameter.HasDefaultValue, defaultValue, InputConversion.PropertiesOf(parameter));
    }

    private static ImmutableDictionary<string, BindingMetadata> Only(BindingDirection direction, IEnumerable<BindingMetadata> bindings) =>
        bindings.Where(binding => binding.Direction == direction).ToImmutableDictionary(binding => binding.Name);

    private IReadOnlyCollection<OutputProperty>? OutputsOf(MethodInfo method)
    {
        string[] names = [.. OutputBindings.Keys.Where(name => name != ReturnBinding)];
        if (names.Length == 0)
            return null;

        var type = CompiledMethod.ResultType(method);
        return
        [
            .. names.Select(name => new OutputProperty(type?.GetProperty(name) ?? throw new InvalidOperationException(
                $"Function '{Name}' has an output binding '{name}', but its return type '{type}' has no such property."))),
        ];
    }
}
