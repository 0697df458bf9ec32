using System.Linq.Expressions;
using System.Reflection;

namespace Microsoft.Azure.Functions.Worker.Invocation;

/// <summary>A property of a function's return value that is one of its outputs.</summary>
internal sealed class OutputProperty(PropertyInfo property)
{
    public string Name => property.Name;

    public Func<object, object?> Read { get; } = Compile(property);

    private static Func<object, object?> Compile(PropertyInfo property)
    {
        var instance = Expression.Parameter(typeof(object), "instance");
        var value = Expression.Property(Expression.Convert(instance, property.DeclaringType!), property);
        return Expression.Lambda<Func<object, object?>>(Expression.Convert(value, typeof(object)), instance).Compile();
    }
}
