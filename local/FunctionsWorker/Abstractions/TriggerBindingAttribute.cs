namespace Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

/// <summary>Base of the attributes that declare what starts a function; stands on the parameter that receives the trigger's data.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public abstract class TriggerBindingAttribute : BindingAttribute
{
    /// <summary>Initializes the attribute.</summary>
    protected TriggerBindingAttribute()
    {
    }
}
