using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace McpFunctions.FunctionsHost.Tests.Worker;

/// <summary>What an assembly lets others use, a line for a type or a member, without the nullability of references.</summary>
internal static class PublicSurface
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static IEnumerable<string> Of(Assembly assembly) =>
        assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal).SelectMany(LinesOf);

    private static IEnumerable<string> LinesOf(Type type)
    {
        string[] members = type switch
        {
            { IsEnum: true } => [.. type.GetEnumNames().Select(name => $"{name} = {Convert.ToInt32(Enum.Parse(type, name), CultureInfo.InvariantCulture)}")],
            _ when type.IsSubclassOf(typeof(Delegate)) => [Signature(type.GetMethod("Invoke")!)],
            _ =>
            [
                .. type.GetConstructors(Declared).Where(IsSeen).Select(constructor => $".ctor({Parameters(constructor)})").Order(StringComparer.Ordinal),
                .. type.GetProperties(Declared).Where(property => property.GetAccessors(true).Any(IsSeen)).Select(PropertyLine).Order(StringComparer.Ordinal),
                .. type.GetMethods(Declared).Where(method => IsSeen(method) && !method.IsSpecialName && !IsOverride(method)).Select(MethodLine).Order(StringComparer.Ordinal),
            ],
        };
        return [$"{KindOf(type)} {type.Namespace}.{NameOf(type)}{BasesOf(type)}{TargetsOf(type)}", .. members.Select(member => $"    {member}")];
    }

    private static string KindOf(Type type) => type switch
    {
        { IsEnum: true } => "enum",
        { IsInterface: true } => "interface",
        _ when type.IsSubclassOf(typeof(Delegate)) => "delegate",
        { IsAbstract: true, IsSealed: true } => "static class",
        { IsAbstract: true } => "abstract class",
        { IsSealed: true } => "sealed class",
        _ => "class",
    };

    private static string BasesOf(Type type)
    {
        if (type.IsEnum || type.IsSubclassOf(typeof(Delegate)))
        {
            return "";
        }
        Type[] bases = [.. type.BaseType is { } baseType && baseType != typeof(object) ? [baseType] : Type.EmptyTypes, .. NewInterfacesOf(type)];
        return bases.Length == 0 ? "" : $" : {string.Join(", ", bases.Select(NameOf))}";
    }

    private static IEnumerable<Type> NewInterfacesOf(Type type) =>
        type.GetInterfaces().Except(type.BaseType?.GetInterfaces() ?? []).Where(face => face.IsVisible).OrderBy(NameOf, StringComparer.Ordinal);

    // Where it may stand, unless its base says the same.
    private static string TargetsOf(Type type) =>
        type.GetCustomAttribute<AttributeUsageAttribute>(inherit: false) is { } usage && usage.ValidOn != type.BaseType?.GetCustomAttribute<AttributeUsageAttribute>()?.ValidOn
            ? $" on {usage.ValidOn}"
            : "";

    private static bool IsSeen(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsOverride(MethodInfo method) => method.GetBaseDefinition() != method;

    private static string VisibilityOf(MethodInfo method) => method.IsPublic ? "" : "protected ";

    private static string PropertyLine(PropertyInfo property)
    {
        var accessors = string.Concat(property.GetAccessors(true).Where(IsSeen).Select(accessor => accessor.ReturnType == typeof(void) ? "set; " : "get; ").Order(StringComparer.Ordinal));
        var any = property.GetAccessors(true).First(IsSeen);
        return $"{ModifierOf(any)}{NameOf(property.PropertyType)} {property.Name} {{ {accessors}}}";
    }

    private static string MethodLine(MethodInfo method) => VisibilityOf(method) + ModifierOf(method) + Signature(method);

    private static string ModifierOf(MethodInfo method) => method switch
    {
        { IsStatic: true } => "static ",
        _ when method.DeclaringType!.IsInterface || IsOverride(method) => "",
        { IsAbstract: true } => "abstract ",
        { IsVirtual: true, IsFinal: false } => "virtual ",
        _ => "",
    };

    private static string Signature(MethodInfo method)
    {
        var generic = method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(NameOf))}>" : "";
        return $"{NameOf(method.ReturnType)} {method.Name}{generic}({Parameters(method)})";
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select((parameter, index) =>
    {
        var prefix = index == 0 && method.IsDefined(typeof(ExtensionAttribute), false) ? "this " : parameter.IsDefined(typeof(ParamArrayAttribute), false) ? "params " : "";
        var value = !parameter.HasDefaultValue ? "" : parameter.DefaultValue is { } given ? $" = {Convert.ToString(given, CultureInfo.InvariantCulture)}" : " = default";
        return $"{prefix}{NameOf(parameter.ParameterType)} {parameter.Name}{value}";
    }));

    private static string NameOf(Type type)
    {
        if (type.IsArray)
        {
            return $"{NameOf(type.GetElementType()!)}[]";
        }
        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return $"{NameOf(underlying)}?";
        }
        return type.IsGenericType
            ? $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>"
            : type.Name;
    }
}
