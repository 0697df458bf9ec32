using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Azure.Functions.Worker.Invocation;

namespace Microsoft.Azure.Functions.Worker.Metadata;

/// <summary>A function as it is declared in code.</summary>
internal sealed record FunctionDescription(
    string Name, string ScriptFile, string EntryPoint, IReadOnlyList<BindingDescription> Bindings, RetryAttribute? Retry)
{
    /// <summary>The same from start to start, and different for every function: the host refers to the function by it.</summary>
    public string Id { get; } =
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Name}\n{ScriptFile}\n{EntryPoint}")).AsSpan(0, 8));

    /// <exception cref="InvalidOperationException">The declaration makes no sense.</exception>
    public static FunctionDescription Of(string name, MethodInfo method)
    {
        BindingDescription[] inputs =
        [
            .. from parameter in method.GetParameters()
               from attribute in parameter.GetCustomAttributesData()
               where attribute.AttributeType.IsAssignableTo(typeof(BindingAttribute))
               select BindingDescription.Of(attribute, parameter.Name!, parameter.ParameterType, BindingDirection.In),
        ];

        if (inputs.Length == 0)
        {
            throw new InvalidOperationException(
                $"Function '{name}' has no binding: at least a trigger attribute must stand on a parameter.");
        }

        return new(
            name,
            $"{method.DeclaringType!.Assembly.GetName().Name}.dll",
            $"{method.DeclaringType.FullName}.{method.Name}",
            [.. inputs, .. OutputsOf(name, method, inputs)],
            method.GetCustomAttribute<RetryAttribute>());
    }

    private static BindingDescription[] OutputsOf(string name, MethodInfo method, BindingDescription[] inputs)
    {
        var onMethod = OutputAttributesOf(method);
        if (onMethod.Length > 1)
        {
            throw new InvalidOperationException(
                $"Function '{name}' has several output bindings on its method. Return an object that has them on its properties.");
        }

        if (onMethod.Length == 1)
            return [BindingDescription.Of(onMethod[0], BindingDescription.Return, method.ReturnType, BindingDirection.Out)];
        if (CompiledMethod.ResultType(method) is not { } result)
            return [];
        if (result == typeof(HttpResponseData))
            return [BindingDescription.HttpOutput(BindingDescription.Return)];

        BindingDescription[] onProperties = [.. result.GetProperties().SelectMany(property => OutputsOf(name, property))];
        if (onProperties.Count(output => output.IsHttpOutput) > 1)
            throw new InvalidOperationException($"The return type '{result}' of function '{name}' has more than one HTTP response.");
        if (onProperties.Length > 0)
            return onProperties;

        // Whatever else an HTTP function returns is the body of its response.
        return inputs.Any(input => input.IsHttpTrigger) ? [BindingDescription.HttpOutput(BindingDescription.Return)] : [];
    }

    private static IEnumerable<BindingDescription> OutputsOf(string name, PropertyInfo property)
    {
        if (property.PropertyType == typeof(HttpResponseData) || property.IsDefined(typeof(HttpResultAttribute)))
            return [BindingDescription.HttpOutput(property.Name)];

        var attributes = OutputAttributesOf(property);
        return attributes.Length <= 1
            ? attributes.Select(attribute => BindingDescription.Of(attribute, property.Name, property.PropertyType, BindingDirection.Out))
            : throw new InvalidOperationException(
                $"The property '{property.Name}' that function '{name}' returns has several output bindings; one is possible.");
    }

    private static CustomAttributeData[] OutputAttributesOf(MemberInfo member) =>
        [.. member.GetCustomAttributesData().Where(attribute => attribute.AttributeType.IsAssignableTo(typeof(OutputBindingAttribute)))];
}
