using System.Linq.Expressions;
using System.Reflection;

namespace Microsoft.Azure.Functions.Worker.Invocation;

/// <summary>Compiles a method to a delegate, so that a call costs no reflection.</summary>
internal static class CompiledMethod
{
    /// <summary>Makes a delegate that calls the method and waits for its task, if it returns one. Its result is null for none.</summary>
    public static Func<object?, object?[], ValueTask<object?>> Compile(MethodInfo method)
    {
        var instance = Expression.Parameter(typeof(object), "instance");
        var arguments = Expression.Parameter(typeof(object?[]), "arguments");

        var typedArguments = method.GetParameters().Select((parameter, i) =>
            Expression.Convert(Expression.ArrayIndex(arguments, Expression.Constant(i)), parameter.ParameterType));
        var target = method.IsStatic ? null : Expression.Convert(instance, method.DeclaringType!);
        var call = Expression.Call(target, method, typedArguments);

        return Expression.Lambda<Func<object?, object?[], ValueTask<object?>>>(Awaited(call), instance, arguments).Compile();
    }

    /// <summary>The type of the value that the method gives in the end; null for none.</summary>
    public static Type? ResultType(MethodInfo method)
    {
        var type = method.ReturnType;
        if (type == typeof(void) || type == typeof(Task) || type == typeof(ValueTask))
            return null;
        return IsGenericTask(type) ? type.GetGenericArguments()[0] : type;
    }

    private static Expression Awaited(MethodCallExpression call)
    {
        var type = call.Type;
        if (type == typeof(void))
            return Expression.Block(call, Expression.Default(typeof(ValueTask<object?>)));
        if (type == typeof(Task) || type == typeof(ValueTask))
            return Expression.Call(typeof(CompiledMethod), nameof(WithoutResult), null, call);
        if (IsGenericTask(type))
            return Expression.Call(typeof(CompiledMethod), nameof(WithResult), type.GetGenericArguments(), call);
        return Expression.New(
            typeof(ValueTask<object?>).GetConstructor([typeof(object)])!,
            Expression.Convert(call, typeof(object)));
    }

    private static bool IsGenericTask(Type type) => type.IsGenericType
        && (type.GetGenericTypeDefinition() == typeof(Task<>) || type.GetGenericTypeDefinition() == typeof(ValueTask<>));

    private static async ValueTask<object?> WithoutResult(Task task)
    {
        await task;
        return null;
    }

    private static async ValueTask<object?> WithoutResult(ValueTask task)
    {
        await task;
        return null;
    }

    private static async ValueTask<object?> WithResult<T>(Task<T> task) => await task;

    private static async ValueTask<object?> WithResult<T>(ValueTask<T> task) => await task;
}
